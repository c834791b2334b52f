"""Jobs: work that outlasts a request, done in ranges that are finished one by one, stopped and resumed."""
