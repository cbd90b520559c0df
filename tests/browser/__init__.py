"""What is tried in a real browser: ``make browser``. Pictures of each page go to build/browser."""
