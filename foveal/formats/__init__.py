"""Label formats: readers and writers of label files, one module or package a format, behind two functions.

A reader turns a source (a folder, an archive, a file) into items (`base.model.items`); a writer turns a data set into
files and tells each loss. Nothing here needs a server, and no address that a file names is ever opened.
"""
