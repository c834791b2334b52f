"""Why no picture can be made; asking again does not help."""

from foveal.errors import Unprocessable


class Unrenderable(Unprocessable):
    title = "No picture can be made from this"
