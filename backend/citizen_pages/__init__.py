"""What a citizen opens on the phone: their order's page, and the look all such pages share."""
