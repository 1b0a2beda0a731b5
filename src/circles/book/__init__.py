"""What drives the book: its chapters executed, its runs by name, their goldens, its pages' numbers."""
