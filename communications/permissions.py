"""Who may do what in communications. Every right is a capability over the unit in whose name it is done."""

VIEW, SEND, APPROVE, SETTINGS = "messages.view", "messages.send", "messages.approve", "messages.settings"
ANSWER, SURVEYS, CONTENT = "talks.answer", "surveys.edit", "content.edit"
EVERY = (VIEW, SEND, APPROVE, SETTINGS, ANSWER, SURVEYS, CONTENT)
