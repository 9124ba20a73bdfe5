from autograd import label, live, tanh


def neuron(x1, x2, w1, w2, b):
    n = x1 * w1 + x2 * w2 + b
    o = tanh(n)
    label(locals())
    return o


page = live(neuron, x1=2.0, x2=0.0, w1=-3.0, w2=1.0, b=6.88)
page.goto(-1).save("neuron.html")
