"""One review -> text and payloads for people and machines. Pure: no I/O anywhere below."""
