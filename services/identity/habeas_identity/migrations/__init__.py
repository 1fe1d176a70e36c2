"""How identity's database came to be, step by step."""
