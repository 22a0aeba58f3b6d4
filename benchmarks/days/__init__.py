"""Whole days under every rule, real ones and a storm, beside the best that foresight could have done."""
