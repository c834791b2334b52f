"""Sign-in of people: profiles on disk, their tokens, and the flows that fetch them."""
