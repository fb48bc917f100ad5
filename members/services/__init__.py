"""The only code that writes the register: one module per activity."""
