"""Where files of strangers are opened: processes that hold nothing of ours, are bounded, and can be killed."""
