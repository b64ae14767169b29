"""No link of the site leads nowhere, and its HTML is valid."""

from files import dead_links, invalid


def test_every_link_leads_somewhere(site):
    followed, dead = dead_links(site)
    assert dead == []
    assert followed > 5000


def test_the_html_is_valid(site):
    assert invalid(site) == []
