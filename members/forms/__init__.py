"""Forms of the register. They understand what people type and say the repair beside the field."""
