"""A libtorrent session on one torrent: session.py TORRENT FOLDER TRACKER PORT seed|get.

Everything but the tracker is off, so whoever is found was found through it.
"""

import sys
import time

import libtorrent

torrent, folder, tracker, port, role = sys.argv[1:]
session = libtorrent.session(
    {
        "listen_interfaces": f"127.0.0.1:{port}",
        "enable_dht": False,
        "enable_lsd": False,
        "enable_upnp": False,
        "enable_natpmp": False,
        "allow_multiple_connections_per_ip": True,
        "alert_mask": libtorrent.alert.category_t.tracker_notification
        | libtorrent.alert.category_t.error_notification,
    }
)
parameters = libtorrent.add_torrent_params()
parameters.ti = libtorrent.torrent_info(torrent)
parameters.save_path = folder
parameters.trackers = [tracker]
handle = session.add_torrent(parameters)
while role == "seed" or not handle.status().is_seeding:
    for alert in session.pop_alerts():
        print(alert.message(), flush=True)
    time.sleep(0.05)
