"""Version 1.0: the basic worker's command, and carts, each of which is a session."""

from fsmpool import worker


@worker.command
def squares(args):
    return {"sum": sum(n * n for n in args["numbers"])}


@worker.command
def put(args, ctx):
    """Puts a price into the cart of the session, and returns how many there are and their sum."""
    cart = ctx.session
    cart["count"] = cart.get("count", 0) + 1
    cart["sum"] = cart.get("sum", 0) + args["price"]
    return {"count": cart["count"], "sum": cart["sum"]}


@worker.export_session
def export(cart):
    return cart


@worker.import_session
def restore(snapshot, version):
    if version == "2.0":  # of a release that is newer than this one: it was rolled back
        prices = snapshot.get("prices", [])  # none in a cart that was never written to
        return {"count": len(prices), "sum": sum(prices)} if prices else {}
    return snapshot


if __name__ == "__main__":
    worker.run()
