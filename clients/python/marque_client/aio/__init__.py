"""The client for asyncio. The client for threads, `marque_client.sync`, is made of this when the package is built."""
