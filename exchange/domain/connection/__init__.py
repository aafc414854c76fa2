"""What companies share that strangers do not: accounts, addresses, mail domains, telephones, devices. Flags, no verdicts."""
