"""A network in a Pipeline, with GridSearchCV."""

from sklearn import datasets, model_selection, pipeline, preprocessing

import nn

x, y = datasets.load_iris(return_X_y=True)
network = nn.MLPClassifier(8, learning_rate_init=0.05, tol=1e-2, random_state=0)
model = pipeline.make_pipeline(preprocessing.StandardScaler(), network)
grid = {"mlpclassifier__activation": ["relu", "tanh"]}
assert model_selection.GridSearchCV(model, grid, cv=3).fit(x, y).best_score_ > 0.9
