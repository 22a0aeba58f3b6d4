"""What happened, and what is owed to whom? The accident case from report to closure; today its rescue, thinly."""
