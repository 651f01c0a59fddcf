"""`python -m marque_client.partner`, which is `marque-partner`."""

import sys

from marque_client.partner.commands import main

sys.exit(main())
