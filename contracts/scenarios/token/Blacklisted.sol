// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {Token} from "../props/Tokens.sol";

/// A token whose owner says who may not send. The usual `bots` of a launch.
contract BotToken is Token {
    address public owner = msg.sender;
    mapping(address => bool) private bots;

    event OwnershipTransferred(address indexed from, address indexed to);

    constructor() Token("PUMP", 9) {}

    modifier onlyOwner() {
        require(msg.sender == owner, "Ownable: caller is not the owner");
        _;
    }

    function addBots(address[] calldata accounts) external onlyOwner {
        for (uint256 i = 0; i < accounts.length; i++) bots[accounts[i]] = true;
    }

    function delBots(address[] calldata accounts) external onlyOwner {
        for (uint256 i = 0; i < accounts.length; i++) bots[accounts[i]] = false;
    }

    function isBot(address account) external view returns (bool) {
        return bots[account];
    }

    function _move(address from, address to, uint256 value) internal override {
        require(!bots[from] && !bots[tx.origin], "TOKEN: your account is blacklisted");
        super._move(from, to, value);
    }
}

/// A dollar whose issuer freezes stolen money, destroys it, and issues it again.
contract RegulatedDollar is Token {
    address public immutable issuer = msg.sender;
    mapping(address => bool) public isBlackListed;

    event AddedBlackList(address user);
    event RemovedBlackList(address user);
    event DestroyedBlackFunds(address blackListedUser, uint256 balance);

    constructor() Token("RUSD", 6) {}

    modifier onlyIssuer() {
        require(msg.sender == issuer, "not the issuer");
        _;
    }

    function addBlackList(address[] calldata users) external onlyIssuer {
        for (uint256 i = 0; i < users.length; i++) {
            isBlackListed[users[i]] = true;
            emit AddedBlackList(users[i]);
        }
    }

    function destroyBlackFunds(address user) external onlyIssuer {
        require(isBlackListed[user], "not on the list");
        uint256 balance = balanceOf[user];
        _burn(user, balance);
        emit DestroyedBlackFunds(user, balance);
    }

    function _move(address from, address to, uint256 value) internal override {
        require(!isBlackListed[from], "on the black list");
        super._move(from, to, value);
    }
}
