"""Set-up and upkeep tools; nothing here runs while the appliance does."""
