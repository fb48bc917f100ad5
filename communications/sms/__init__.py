"""Text messages: how long they are (`segments`, pure), the ways out (`backends`), sending what is due (`sending`)."""
