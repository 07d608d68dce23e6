"""`make rasa`: Rasa in an environment of its own, trained from nlu_data/, served on loopback."""
