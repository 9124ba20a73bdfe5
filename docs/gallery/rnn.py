from autograd import label, live, tanh


def last_state(w, u, b, x1, x2, x3):
    h1 = tanh(u * x1 + b)
    h2 = tanh(w * h1 + u * x2 + b)
    h3 = tanh(w * h2 + u * x3 + b)
    label(locals())
    return h3


page = live(last_state, w=1.2, u=0.7, b=0.1, x1=1.0, x2=-0.5, x3=0.25)
page.goto(-1).save("rnn.html")
