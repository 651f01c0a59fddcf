"""The whole platform on one machine: embedded servers, the services, and the runner that watches them."""
