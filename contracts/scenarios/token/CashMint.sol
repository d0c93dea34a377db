// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {Pool} from "../props/Markets.sol";
import {Token} from "../props/Tokens.sol";

interface ICollateralVault {
    function issuer() external view returns (address);
    function take(address from, uint256 amount) external returns (bool);
    function give(address to, uint256 amount) external;
}

/// Keeps one dollar token for the issuer.
contract CollateralVault is ICollateralVault {
    address public immutable issuer;
    Token public immutable asset;

    constructor(address issuer_, Token asset_) {
        (issuer, asset) = (issuer_, asset_);
    }

    modifier onlyIssuer() {
        require(msg.sender == issuer, "not the issuer");
        _;
    }

    function take(address from, uint256 amount) external onlyIssuer returns (bool) {
        return asset.transferFrom(from, address(this), amount / 1e12);
    }

    function give(address to, uint256 amount) external onlyIssuer {
        asset.transfer(to, amount / 1e12);
    }
}

/// Prints a dollar of 18 places against what vaults take in. It asks a vault whose it is, and nobody whether it is one.
contract CashIssuer {
    Token public immutable cash = new Token("CASH", 18);
    address public immutable admin = msg.sender;
    CollateralVault[] public vaults;

    event VaultAdded(address indexed vault);
    event Printed(address indexed vault, address indexed to, uint256 amount);
    event Burnt(address indexed vault, address indexed from, uint256 amount);

    function addVault(Token asset) external {
        require(msg.sender == admin, "not the admin");
        vaults.push(new CollateralVault(address(this), asset));
        emit VaultAdded(address(vaults[vaults.length - 1]));
    }

    function print(ICollateralVault vault, uint256 amount) external {
        require(vault.issuer() == address(this), "not a vault of ours");
        require(vault.take(msg.sender, amount), "no collateral");
        cash.mint(msg.sender, amount);
        emit Printed(address(vault), msg.sender, amount);
    }

    function burn(ICollateralVault vault, uint256 amount) external {
        require(vault.issuer() == address(this), "not a vault of ours");
        cash.transferFrom(msg.sender, address(this), amount);
        cash.burn(amount);
        vault.give(msg.sender, amount);
        emit Burnt(address(vault), msg.sender, amount);
    }

    /// What is printed beyond what lies in the vaults that were added.
    function unbacked() external view returns (uint256) {
        uint256 backed = 0;
        for (uint256 i = 0; i < vaults.length; i++) backed += vaults[i].asset().balanceOf(address(vaults[i])) * 1e12;
        uint256 printed = cash.totalSupply();
        return printed > backed ? printed - backed : 0;
    }
}

/// Says that it is a vault of the issuer, and takes nothing; what it gets for that is redeemed at the real ones and sold.
contract CashForger is ICollateralVault {
    address public issuer;

    function forge(CashIssuer target, uint256 amount, Pool pool, uint256 sold, address payee) external {
        issuer = address(target);
        target.print(this, amount);
        Token cash = target.cash();
        cash.approve(address(target), amount);
        ICollateralVault real = ICollateralVault(address(target.vaults(0)));
        Token asset = target.vaults(0).asset();
        uint256 there = asset.balanceOf(address(real)) * 1e12 * 9 / 10;
        uint256 redeemed = amount - sold < there ? amount - sold : there;
        target.burn(real, redeemed);
        cash.approve(address(pool), sold);
        pool.sell(cash, sold, payee);
        asset.transfer(payee, asset.balanceOf(address(this)));
        cash.transfer(payee, cash.balanceOf(address(this)));
    }

    function take(address, uint256) external pure returns (bool) {
        return true;
    }

    function give(address, uint256) external pure {}
}

/// A treasury that prints on its own dollars, provides some of it to a pool's market, and redeems the rest elsewhere.
contract CashDesk {
    address private immutable owner = msg.sender;

    function work(CashIssuer issuer, uint256 from, uint256 into, uint256 amount, Pool pool, uint256 sold) external {
        require(msg.sender == owner, "not the owner");
        Token asset = issuer.vaults(from).asset();
        asset.transferFrom(owner, address(this), amount / 1e12);
        asset.approve(address(issuer.vaults(from)), amount / 1e12);
        issuer.print(issuer.vaults(from), amount);
        Token cash = issuer.cash();
        cash.approve(address(pool), sold);
        pool.sell(cash, sold, owner);
        cash.approve(address(issuer), amount - sold);
        issuer.burn(issuer.vaults(into), amount - sold);
        issuer.vaults(into).asset().transfer(owner, (amount - sold) / 1e12);
    }
}
