"""A WeChat to try Huiying on: its rules, its API, its pushes, and a page that looks like a phone.

Nothing here knows the bot; the two meet only over WeChat's wire formats. See docs/simulator.md.
"""
