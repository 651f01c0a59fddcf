"""The statements that several steps of a notice share."""

POST = "INSERT INTO mails (notice_id, letter, created_at, due_at) VALUES ($1, $2, $3, $3)"
"""Have a mail sent about a notice: its id, what the mail is about, and now."""
