"""A planner's workbook: another way to write a scenario, in sheets, and back."""
