"""Simulation of a stage as it grows: closed formulas and a fluid model of a day, in steps of a second."""
