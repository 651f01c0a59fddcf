"""Mails (RFC 5322, MIME): the text that their writers wrote, and which parts hold it."""
