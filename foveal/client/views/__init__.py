"""Views of answers for people and programs: tables of Arrow, and pictures in notebooks."""
