"""The folder that Pulumi is given for the reliability pack; its rules stand with the others."""
