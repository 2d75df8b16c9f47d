"""Cases: what somebody asks or reports, with an owning agency, an owner, declared steps and a deadline in working time."""
