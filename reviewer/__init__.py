"""The App: webhook -> queue -> review -> checks -> report -> GitHub; and the command line."""
