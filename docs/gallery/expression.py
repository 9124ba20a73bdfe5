from autograd import label, live


def expression(a, b, c, f):
    e = a * b
    d = e + c
    L = d * f
    label(locals())
    return L


page = live(expression, a=2.0, b=-3.0, c=10.0, f=-2.0)
page.goto(-1).save("expression.html")
