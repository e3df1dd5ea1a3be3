% pcap en10mb
host example.com
net loopnet
ether host gw
gateway gw
gateway 10.0.0.1
proto nosuch
ether proto nosuch
iso proto tcp
decnet host sun
ip6 gateway gw
----
expression:1:6: error: host names are not looked up: the filter would depend on the answer; give the address of 'example.com' [host-name]
  host example.com
       ^~~~~~~~~~~
expression:1:5: error: there is no network 'loopnet' [host-name]
  net loopnet
      ^~~~~~~
expression:1:12: error: there is no MAC address known of 'gw' [host-name]
  ether host gw
             ^~
expression:1:9: error: there is no MAC address known of 'gw' [host-name]
  gateway gw
          ^~
expression:1:9: error: a gateway is said by its name [qualifier]
  gateway 10.0.0.1
          ^~~~~~~~
expression:1:7: error: there is no protocol 'nosuch' [protocol]
  proto nosuch
        ^~~~~~
expression:1:13: error: there is no protocol 'nosuch' [protocol]
  ether proto nosuch
              ^~~~~~
expression:1:11: error: 'tcp' is not expected here [syntax]
  iso proto tcp
            ^~~
expression:1:13: error: there is no DECnet host 'sun' [host-name]
  decnet host sun
              ^~~
expression:1:1: error: 'ip6' knows no gateways, but 'ip', 'arp' and 'rarp' [qualifier]
  ip6 gateway gw
  ^~~~~~~~~~~
