"""What is kept and worked on: citizens, conversations, messages, orders, knowledge, staff, console.

Knows no channel and no bot; everything above may import it.
"""
