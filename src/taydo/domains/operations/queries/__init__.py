"""Every read of the operations centre: what everybody sees (`city`), the officers' desk (`desk`), figures (`figures`)."""
