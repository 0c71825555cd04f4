"""The static route behind a login, with the login extension of each framework that has one."""
