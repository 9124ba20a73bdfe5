from autograd import label, live, tanh


def neuron(w, x):
    n = w * x
    o = tanh(n)
    label(locals())
    return o


live(neuron, w=-0.5, x=2.0).goto(-1).save("home.html", direction="TB")
