"""A living page of a function of my own."""

from autograd import live, sin


def wave(amplitude, phase):
    return amplitude * sin(phase) ** 2


live(wave, amplitude=2.0, phase=0.5).save("wave.html")
