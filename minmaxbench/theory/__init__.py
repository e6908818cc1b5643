"""What is true without any study: certificates, dynamics, equilibria."""
