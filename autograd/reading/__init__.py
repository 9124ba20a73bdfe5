"""What stepping, drawing and checks share: formatting, numbered graphs, names of operands."""
