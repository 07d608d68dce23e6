"""Satisfaction surveys after closure: schedule, delivery, survey page, results."""
