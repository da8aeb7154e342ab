"""From the outboxes of tasks/tracking.py to MLflow, and the registry: the only importers of mlflow, inside functions."""
