from autograd import Value, label, log, step, steps

x, y = Value(3.0), Value(3.0)
gap = x - y
size = abs(gap)
score = size * log(size)
label(locals())

page = step(score)
first = steps(score).first_bad()
page.run_until(lambda event: event.sentence == first.sentence)
page.save("nan.html")
