count arp
drop udp port 53 and \
  tcp porty 53   # dns
----
rules:3:7: error: 'porty' is no word of the language here; a name stands behind 'host', 'net', 'port', 'proto' [syntax]
    tcp porty 53   # dns
        ^~~~~
