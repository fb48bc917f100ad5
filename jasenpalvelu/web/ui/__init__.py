"""The inner parts of the tag library `ui`: icons and form fields as the style sheets expect them."""
